"""The non-disablement calendar that a meter holds, and whether it is inside a period now."""

from datetime import datetime

from stayon.devices.settings import Calendar, timetable
from stayon.domain.nondisablement import CalendarReading
from stayon.domain.prepayment import ElectricityCalendar


class NonDisablementPeriod:
    """``active`` follows ``calendar`` as ``reading`` reads it; instants are UTC.

    Raises ``FieldError`` for a calendar that no meter can hold.
    """

    __slots__ = ("_timetable", "active", "calendar")

    def __init__(self, calendar: Calendar, reading: CalendarReading, at: datetime) -> None:
        """A meter that has long had ``calendar``, at ``at``.

        What EDGE would have carried over until then is what LOOKBACK finds.
        """
        long_ago = reading is CalendarReading.EDGE
        found = timetable(calendar, CalendarReading.LOOKBACK if long_ago else reading)
        self.calendar = calendar
        self.active = found.state_when_set(at, before=False)
        self._timetable = timetable(calendar, reading)

    @property
    def electric(self) -> bool:
        """Whether this is the calendar of an electricity meter."""
        return isinstance(self.calendar, ElectricityCalendar)

    def replace(self, calendar: Calendar, reading: CalendarReading, at: datetime) -> None:
        """Take up another calendar, or the same one anew."""
        self._timetable = timetable(calendar, reading)
        self.calendar = calendar
        self.active = self._timetable.state_when_set(at, before=self.active)

    def next_change(self, after: datetime, until: datetime) -> datetime | None:
        """When ``active`` will change, if it does so in ``(after, until]``."""
        return self._timetable.next_change(after, until, state=self.active)

    def next_mark(self, after: datetime, until: datetime) -> datetime | None:
        """When the calendar next says anything, a repetition included."""
        return self._timetable.next_mark(after, until)

    def follow(self, at: datetime) -> None:
        """Do what the calendar says at the instant of a mark."""
        self.active = self._timetable.state_when_set(at, before=self.active)
