@T5
Feature: T5 Through every SMETS1 Service Provider and every WAN, from prepayment to safe prepayment

  Background:
    Given the contingency is open for the failed supplier

  Scenario Outline: <meter> becomes safe
    When the SRP makes <meter> safe by Command Variant <variant>
    Then the answer is I99
    And the SRP gets the meter's own signed success
    And <meter> holds the safe settings

    @R6.C
    Examples: SMETS2+, through each CSP
      | meter                           | variant |
      | the ESME on CSP North           | 5       |
      | the GSME on CSP North           | 5       |
      | the ESME on CSP Central & South | 5       |
      | the GSME on CSP Central & South | 5       |

    @R6.B @decision-11 @PIA-A7
    Examples: SMETS1, through each S1SP
      | meter                          | variant |
      | the ESME behind S1SP CGI IE    | 1       |
      | the GSME behind S1SP CGI IE    | 1       |
      | the ESME behind S1SP Secure    | 1       |
      | the GSME behind S1SP Secure    | 1       |
      | the ESME behind S1SP Trilliant | 1       |
      | the GSME behind S1SP Trilliant | 1       |

  @refuses
  Scenario: What is refused reaches no meter
    When the SRP sends another maximum meter balance for the GSME on CSP Central & South by Command Variant 5 in DUIS 5.5
    Then the answer is E020101
    And the GSME on CSP Central & South keeps its own settings
