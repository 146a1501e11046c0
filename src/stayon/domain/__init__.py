"""Values of the field that every layer shares: identifiers, instants, money, the prepayment set.

Nothing here knows a wire format, a party or the outside world.
"""
