"""For every check of admission at least one request that this check stops."""

from tests.checks.refusals_content import CONTENT, LIMITS
from tests.checks.refusals_device import DEVICE
from tests.checks.refusals_gbcs import GBCS
from tests.checks.refusals_standing import WHO
from tests.checks.refusals_users import SERVICE, USERS

REFUSALS = WHO + USERS + SERVICE + DEVICE + GBCS + CONTENT + LIMITS
