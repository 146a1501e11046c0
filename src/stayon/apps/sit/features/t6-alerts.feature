@T6 @R7 @D10
Feature: T6 Device Alerts still reach the failed supplier while it is the Responsible Supplier

  Background:
    Given the contingency is open for the failed supplier

  Scenario Outline: <meter> raises <code>
    When <meter> raises <code>
    Then the failed supplier gets the Device Alert <code> of <meter>
    And the SRP gets no Device Alert

    Examples:
      | meter                           | code |
      | the ESME on CSP North           | 8F1F |
      | the ESME on CSP North           | 8F3F |
      | the ESME on CSP North           | 8F73 |
      | the ESME on CSP Central & South | 8F74 |
      | the ESME on CSP North           | 8F75 |
      | the ESME on CSP North           | 8F76 |
      | the ESME on CSP North           | 8F77 |
      | the GSME on CSP Central & South | 8F78 |
      | the GSME on CSP North           | 8F1D |

  @S2
  Scenario Outline: <meter> raises 8F3F
    When <meter> raises 8F3F
    Then the failed supplier gets the SMETS1 alert 8F3F of <meter>

    Examples:
      | meter                          |
      | the ESME behind S1SP CGI IE    |
      | the ESME behind S1SP Secure    |
      | the GSME behind S1SP Trilliant |

  Scenario: Also after the meter has been made safe
    When the SRP makes the ESME on CSP North safe by Command Variant 5
    And the SRP gets the meter's own signed success
    And the ESME on CSP North raises 8F3F
    Then the failed supplier gets the Device Alert 8F3F of the ESME on CSP North

  @refuses
  Scenario: Other suppliers get none
    When the ESME on CSP North raises 8F3F
    Then another supplier gets no Device Alert
