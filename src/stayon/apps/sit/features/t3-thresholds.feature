@T3 @D4 @R6 @PIA-R2
Feature: T3 Thresholds of the role for 2.1 are accepted, after the Authority has instructed

  @R6.A
  Scenario: Listed, instructed, threshold set: requests pass
    Given a supplier in business
    When the certificates of the failed supplier are revoked
    And a Failed Suppliers file with the failed supplier and the SRP is uploaded
    And a second person applies it
    And a second person confirms the Authority's instruction
    And the threshold of the SRP for the failed supplier is set to 10 requests a day
    Then it is not refused
    When the SRP makes the ESME on CSP North safe by Command Variant 5
    Then the answer is I99

  @R6.A @refuses
  Scenario: A threshold above zero before the Authority has instructed
    Given a supplier in business
    When the certificates of the failed supplier are revoked
    And a Failed Suppliers file with the failed supplier and the SRP is uploaded
    And a second person applies it
    And the threshold of the SRP for the failed supplier is set to 10 requests a day
    Then it is refused, in words: no Authority instruction

  @D14 @refuses
  Scenario: Instructed, but no threshold was set: the default is zero
    Given a supplier in business
    When the certificates of the failed supplier are revoked
    And a Failed Suppliers file with the failed supplier and the SRP is uploaded
    And a second person applies it
    And a second person confirms the Authority's instruction
    And the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is held back by sec/volume_threshold: the threshold of 0 is reached
    And the ESME on CSP North keeps its own settings

  @D14 @decision-10 @refuses
  Scenario: The threshold is used up
    Given the contingency is open for the failed supplier
    And the threshold of the SRP for the failed supplier is set to 1 requests a day
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then the answer is I99
    When the SRP sends a request for the ESME on CSP Central & South by Command Variant 5
    Then it is held back by sec/volume_threshold: the threshold of 1 is reached
    And the ESME on CSP Central & South keeps its own settings

  @D14 @refuses
  Scenario: The DCC's own threshold of zero stops the role
    Given the contingency is open for the failed supplier
    And the DCC's own threshold for the role is set to 0 requests a day
    When the SRP sends a request for the GSME on CSP North by Command Variant 5
    Then it is held back by sec/overall_threshold: the DCC's threshold of 0 is reached
    And the GSME on CSP North keeps its own settings

  @D14 @refuses
  Scenario: The DCC's own threshold is used up
    Given the contingency is open for the failed supplier
    And the DCC's own threshold for the role is set to 1 requests a day
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then the answer is I99
    When the SRP sends a request for the GSME on CSP North by Command Variant 5
    Then it is held back by sec/overall_threshold: the DCC's threshold is used up
    And the GSME on CSP North keeps its own settings

  @refuses
  Scenario Outline: The Authority's instruction has ended: <answer> by Command Variant <variant>
    Given the contingency is open for the failed supplier
    And the Authority's instruction ends
    When the SRP sends a request for the ESME on CSP North by Command Variant <variant>
    Then <answer>

    Examples:
      | variant | answer                                                         |
      | 5       | it is held back by mp134b/authority_instruction: no Authority instruction is in force   |
      | 4       | it is refused with E65 by mp134b/authority_instruction         |

  @R4 @R6.A @D14
  Scenario: An ADT file for 2.1 opens the way
    Given the certificates of the failed supplier are revoked
    And a Failed Suppliers file with the failed supplier and the SRP is uploaded
    And a second person applies it
    And a second person confirms the Authority's instruction
    When an ADT file of the SRP lets 1 requests a day pass for the failed supplier by 2.1, signed by the ARO
    Then it is not refused
    When the SRP makes the ESME on CSP North safe by Command Variant 5
    Then the answer is I99
    And the SRP gets the meter's own signed success

  @R4 @R6.A @refuses
  Scenario: An ADT file before the Authority has instructed
    Given the certificates of the failed supplier are revoked
    And a Failed Suppliers file with the failed supplier and the SRP is uploaded
    And a second person applies it
    When an ADT file of the SRP lets 1 requests a day pass for the failed supplier by 2.1, signed by the ARO
    Then it is refused, in words: instruction

  @R4 @D7 @refuses
  Scenario: An ADT file for another service request than 2.1
    Given the contingency is open for the failed supplier
    When an ADT file of the SRP lets 1 requests a day pass for the failed supplier by 1.6, signed by the ARO
    Then it is refused, in words: 1.6

  @D14
  Scenario: The User releases what its own threshold held
    Given the contingency is open for the failed supplier
    And the threshold of the SRP for the failed supplier is set to 1 requests a day
    When the SRP sends a request for the GSME on CSP North by Command Variant 5
    Then the answer is I99
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is held back by sec/volume_threshold: threshold
    When the SRP releases the request
    Then it is not refused
    And the quarantine says that it is released
    And the SRP gets the meter's own signed success
    And the ESME on CSP North holds the safe settings

  @D14 @refuses
  Scenario: What is deleted reaches no meter
    Given the contingency is open for the failed supplier
    And the DCC's own threshold for the role is set to 0 requests a day
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is held back by sec/overall_threshold: the DCC's threshold of 0 is reached
    When the DCC deletes the request
    Then the quarantine says that it is deleted
    And the ESME on CSP North keeps its own settings

  @D14 @refuses
  Scenario: A User does not release what the DCC's own threshold held
    Given the contingency is open for the failed supplier
    And the DCC's own threshold for the role is set to 0 requests a day
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is held back by sec/overall_threshold: the DCC's threshold of 0 is reached
    When the SRP releases the request
    Then it is refused, in words: only the DCC can lift
    And the quarantine says that it is held
