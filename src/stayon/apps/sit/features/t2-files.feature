@T2
Feature: T2 The files of the contingency can be uploaded

  @D1 @D2
  Scenario: A Failed Suppliers file is uploaded, reviewed and applied by a second person
    Given a supplier in business
    When the certificates of the failed supplier are revoked
    And a Failed Suppliers file with the failed supplier and the SRP is uploaded
    Then it is not refused
    When a second person applies it
    Then it is on the applied list

  @D1 @decision-12
  Scenario: A supplier that has not failed yet gives warnings and no errors
    Given a supplier in business
    When a Failed Suppliers file with the failed supplier and the SRP is uploaded
    Then it is not refused
    And the file has warnings about suspended, certificates
    When a second person applies it
    Then it is on the applied list

  @D1 @refuses
  Scenario: Who uploaded the file does not apply it
    Given a supplier in business
    When a Failed Suppliers file with the failed supplier and the SRP is uploaded
    And the person who uploaded it applies it
    Then it is refused, in words: another person

  @D1 @refuses
  Scenario: A file without the columns of a Failed Suppliers file is refused
    Given a supplier in business
    When a Failed Suppliers file without the columns of one is uploaded
    Then it is refused, in words: the header must be

  @decision-8 @WG-register @refuses
  Scenario: An SRP that is not registered for the supplier is refused
    Given a supplier in business
    And the second SRP becomes a User
    When a Failed Suppliers file with the failed supplier and an SRP that is not registered for it is uploaded
    Then it is refused, in words: is not registered for

  @R4 @decision-9 @CSC-DP127 @CSC-DP108
  Scenario: An ADT file that an ARO has signed is taken
    Given the contingency is open for the failed supplier
    When an ADT file of the SRP lets 5 requests a day pass for the failed supplier by 2.1, signed by the ARO
    Then it is not refused
    And the threshold of the SRP for the failed supplier is 5 requests a day

  @R4 @CSC-DP108 @refuses
  Scenario: An ADT file with another signature changes nothing
    Given the contingency is open for the failed supplier
    When an ADT file of the SRP lets 5 requests a day pass for the failed supplier by 2.1, signed by somebody with another key
    Then it is refused, in words: signature
    And the threshold of the SRP for the failed supplier is 1000 requests a day
