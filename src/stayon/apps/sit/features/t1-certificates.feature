@T1 @R2
Feature: T1 The role gets certificates for XML signing and no others

  Scenario: An SRP gets its XML signing certificate
    Given a supplier in business
    When the SRP asks the SMKI for a certificate of role 87 for digital signing
    Then it gets a certificate for XML signing

  @refuses
  Scenario Outline: An SRP is refused a certificate of role <role> for <usage>
    Given a supplier in business
    When the SRP asks the SMKI for a certificate of role <role> for <usage>
    Then it is refused, in words: <why>

    Examples:
      | role | usage           | why                     |
      | 02   | digital signing | subscribe for 87        |
      | 02   | key agreement   | subscribe for 87        |
      | 87   | key agreement   | subscribe for 87        |
