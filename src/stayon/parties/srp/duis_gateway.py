"""The DSP over HTTP: implements ``Gateway``."""

from datetime import timedelta

from stayon.domain.errors import StayonError
from stayon.domain.request_id import RequestId
from stayon.duis import codes
from stayon.duis.response import LocalCommand, PreCommand, Response, ServiceResponse, parse_response
from stayon.parties.srp.gateway import (
    Accepted,
    Answer,
    Declined,
    GatewayUnavailable,
    LocalCommandReady,
    PreCommandReady,
    Service,
)
from stayon.parties.srp.trust import (
    Untrusted,
    read_document,
    require_command,
    usual_response,
    verified_root,
)
from stayon.ports.certificate_lookup import CertificateLookup
from stayon.ports.clock import Clock
from stayon.ports.outbound import HttpPoster, HttpReply, OutboundError
from stayon.smki_profile import RemotePartyRole

_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WORDS = 300


class DuisGateway:
    """Posts to the DSP's services and believes only answers that the DSP has signed."""

    def __init__(
        self, *, base_url: str, poster: HttpPoster, lookup: CertificateLookup, clock: Clock
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._poster = poster
        self._lookup = lookup
        self._clock = clock

    async def call(self, service: Service, request_id: RequestId, request: bytes) -> Answer:
        """See ``Gateway.call``. An answer that cannot be believed counts as none."""
        try:
            reply = await self._poster.post(
                self._base_url + service.value, request, "application/xml"
            )
        except OutboundError as error:
            raise GatewayUnavailable(str(error)) from error
        if reply.status == 200:
            return await self._read(reply, request_id)
        words = reply.body[:_LONGEST_WORDS].decode("utf-8", "replace")
        if reply.status in _TRY_AGAIN:
            wait = None if reply.retry_after is None else timedelta(seconds=reply.retry_after)
            raise GatewayUnavailable(f"HTTP {reply.status}: {words}", wait)
        return Declined(f"HTTP {reply.status}", words)

    async def _read(self, reply: HttpReply, request_id: RequestId) -> Answer:
        try:
            now = self._clock.now()
            response = await usual_response(reply.body, self._lookup, now)
            if response is None:
                roles = (RemotePartyRole.DSP_XML_SIGN,)
                document = read_document(reply.body)
                response = parse_response(await verified_root(document, roles, self._lookup, now))
            return _answer(response, request_id)
        except StayonError as error:
            # This is not the DSP's answer to this request, which may or may not have arrived.
            raise GatewayUnavailable(f"an answer that cannot be believed: {error}") from error


def _answer(response: Response, request_id: RequestId) -> Answer:
    if response.request_id != request_id:
        raise Untrusted(f"it answers {response.request_id}, not {request_id}")
    if response.code == codes.ACKNOWLEDGED:
        return Accepted()
    if response.code != codes.SUCCESS:
        return Declined(response.code, codes.describe(response.code))
    content = response.body.content if isinstance(response.body, ServiceResponse) else None
    match content:
        case PreCommand(gbcs_payload=pre_command):
            return PreCommandReady(pre_command)
        case LocalCommand(gbcs_payload=command):
            require_command(command, request_id)
            return LocalCommandReady(command)
        case _:
            raise Untrusted("I0 without anything that was asked for")
