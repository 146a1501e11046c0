@T4 @R3 @R5
Feature: T4 Service Request 2.1, by each Command Variant, to safe prepayment and nothing else

  Background:
    Given the contingency is open for the failed supplier

  @D16
  Scenario Outline: Command Variant 4 gives the Pre-Command for <meter>
    When the SRP makes <meter> safe by Command Variant 4
    Then the answer is I0
    And the Pre-Command comes back

    Examples:
      | meter                 |
      | the ESME on CSP North |
      | the GSME on CSP North |

  @D9 @D16 @R6.C @D6 @D11 @D12 @PANEL-104 @PIA-A1 @PIA-A10 @decision-14
  Scenario Outline: <meter> becomes safe by Command Variant 5
    When the SRP makes <meter> safe by Command Variant 5
    Then the answer is I99
    And the SRP gets the meter's own signed success
    And <meter> holds the safe settings
    And the failed supplier gets no answer to it

    Examples:
      | meter                 |
      | the ESME on CSP North |
      | the GSME on CSP North |

  @D16 @PIA-R3
  Scenario Outline: Command Variant 6 gives the Command for local delivery to <meter>
    When the SRP makes <meter> safe by Command Variant 6
    Then the answer is I0
    And the Command for local delivery comes back, with its MAC

    Examples:
      | meter                 |
      | the ESME on CSP North |
      | the GSME on CSP North |

  @D16
  Scenario Outline: Command Variant 7 does both for <meter>
    When the SRP makes <meter> safe by Command Variant 7
    Then the answer is I99
    And the Command for local delivery comes to the SRP as well
    And the SRP gets the meter's own signed success
    And <meter> holds the safe settings

    Examples:
      | meter                 |
      | the ESME on CSP North |
      | the GSME on CSP North |

  @D8 @R6.B @R6.C @refuses
  Scenario Outline: Another value for <meter> by Command Variant <variant> in DUIS <version>
    When the SRP sends another maximum meter balance for <meter> by Command Variant <variant> in DUIS <version>
    Then it is refused with <code> by mp134b/fixed_format

    Examples:
      | meter                       | variant | version | code    |
      | the ESME on CSP North       | 4       | 5.5     | E020101 |
      | the ESME on CSP North       | 5       | 5.5     | E020101 |
      | the GSME on CSP North       | 5       | 5.5     | E020101 |
      | the ESME on CSP North       | 6       | 5.5     | E020101 |
      | the GSME on CSP North       | 7       | 5.4     | E2      |
      | the ESME behind S1SP CGI IE | 1       | 5.5     | E020101 |

  @D8 @refuses
  Scenario: Message code 001F instead of 00DE
    When the SRP sends message code 001F for the ESME on CSP North
    Then it is refused with E020101 by mp134b/message_code

  @D8 @refuses
  Scenario: A meter that takes only ECS08 is refused at Transform
    When the SRP sends a request for an ESME that takes only ECS08 by Command Variant 4
    Then it is refused with E11 by decided/takes_ecs08a

  @decision-6 @refuses
  Scenario Outline: A date for the execution by Command Variant <variant>
    When the SRP sends <meter> a date for its execution by Command Variant <variant>
    Then it is refused with E020101 by mp134b/at_once

    Examples:
      | meter                       | variant |
      | the ESME on CSP North       | 5       |
      | the ESME behind S1SP CGI IE | 1       |

  @decision-6 @refuses
  Scenario: A date inside the Pre-Command
    When the SRP sends the ESME on CSP North a Pre-Command that is dated inside
    Then it is refused with E020101 by mp134b/fixed_format

  @D7 @refuses
  Scenario Outline: Service request <srv> is not on the role's list
    When the SRP sends service request <srv> for the ESME on CSP North
    Then it is refused with E2 by duis/e2_eligible_service

    Examples:
      | srv  |
      | 1.6  |
      | 4.13 |
      | 8.2  |

  @D16 @refuses
  Scenario Outline: Command Variant <variant> for <meter> does not go to <service>
    When the SRP sends Command Variant <variant> for <meter> to <service>
    Then it is refused with E13 by duis/e13_service_url

    Examples:
      | meter                 | variant | service      |
      | the ESME on CSP North | 5       | Transform    |
      | the GSME on CSP North | 6       | Send Command |

  @D16 @refuses
  Scenario Outline: Command Variant <variant> is not for <meter>
    When the SRP sends a request for <meter> by Command Variant <variant>
    Then it is refused with E12 by duis/e12_command_variant

    Examples:
      | meter                       | variant |
      | the ESME on CSP North       | 1       |
      | the ESME behind S1SP Secure | 5       |

  @D16 @refuses
  Scenario: Command Variant 5 without a Signed Pre-Command
    When the SRP sends a Command Variant 5 for the ESME on CSP North that holds no Signed Pre-Command
    Then it is refused with E12 by decided/body_fits_variant

  @refuses
  Scenario: A device that is not in the inventory
    When the SRP sends a request for a device that nobody knows
    Then it is refused with E19 by duis/e19_device_exists

  @refuses
  Scenario: Gas settings for an electricity meter
    When the SRP sends the parameters of the other fuel for the ESME on CSP North
    Then it is refused with E11 by duis/e11_device_type

  @refuses
  Scenario Outline: A decommissioned meter by Command Variant <variant>
    Given the ESME on CSP North is decommissioned in the inventory
    When the SRP sends a request for the ESME on CSP North by Command Variant <variant>
    Then it is refused with <code> by duis/e5_device_status

    Examples:
      | variant | code |
      | 5       | E5   |
      | 6       | E17  |

  @D11 @PIA-A1 @PIA-A10 @decision-14 @refuses
  Scenario: A meter that is registered to another supplier
    When the SRP sends a request for an ESME that is registered to another supplier by Command Variant 5
    Then it is refused with E4 by duis/e4_responsible_supplier

  @PIA-R3
  Scenario: A meter without WAN is reported to the SRP
    When the SRP makes an ESME without WAN safe by Command Variant 5
    Then the answer is I99
    And the SRP gets the DCC Alert CommandFailure
