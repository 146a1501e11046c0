@T8
Feature: T8 User integration tests: who fails, and who comes to help

  @D12
  Scenario Outline: An existing User is marked as failed supplier: <meter>
    Given a supplier in business
    And the contingency is open for the failed supplier with the SRP
    When the SRP makes <meter> safe by Command Variant <variant>
    Then the answer is I99
    And the SRP gets the meter's own signed success
    And <meter> holds the safe settings

    Examples:
      | meter                       | variant |
      | the ESME on CSP North       | 5       |
      | the GSME on CSP North       | 5       |
      | the ESME behind S1SP CGI IE | 1       |
      | the GSME behind S1SP CGI IE | 1       |

  @WG-several
  Scenario Outline: A new User is the failed supplier: <meter>
    Given the new supplier becomes a User
    And the contingency is open for the new supplier with the SRP
    And from now on the meters are those of the new supplier
    When the SRP makes <meter> safe by Command Variant <variant>
    Then the answer is I99
    And the SRP gets the meter's own signed success
    And <meter> holds the safe settings

    Examples:
      | meter                       | variant |
      | the ESME on CSP North       | 5       |
      | the GSME on CSP North       | 5       |
      | the ESME behind S1SP CGI IE | 1       |
      | the GSME behind S1SP CGI IE | 1       |

  @R1 @R2 @D3 @WG-several @WG-register
  Scenario Outline: A new SRP with its certificate: <meter>
    Given the second SRP asks the SMKI for a certificate of role 87 for digital signing
    And the second SRP becomes a User
    And the SRP register has the failed supplier with the second SRP
    And the contingency is open for the failed supplier with the second SRP
    And from now on the second SRP acts
    When the SRP makes <meter> safe by Command Variant <variant>
    Then the answer is I99
    And the SRP gets the meter's own signed success
    And <meter> holds the safe settings

    Examples:
      | meter                       | variant |
      | the ESME on CSP North       | 5       |
      | the GSME on CSP North       | 5       |
      | the ESME behind S1SP CGI IE | 1       |
      | the GSME behind S1SP CGI IE | 1       |

  @decision-8 @refuses
  Scenario: A new SRP before anybody has registered it for the supplier
    Given the second SRP becomes a User
    When a Failed Suppliers file with the failed supplier and an SRP that is not registered for it is uploaded
    Then it is refused, in words: is not registered for
