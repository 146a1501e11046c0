@T7
Feature: T7 The security model holds against the role and against the failed supplier

  @D5 @refuses
  Scenario: Changed after it was signed
    Given the contingency is open for the failed supplier
    When a request for the ESME on CSP North is changed after it was signed
    Then it is refused with E65 by smki/xml_signature

  @D5 @refuses
  Scenario: Not signed
    Given the contingency is open for the failed supplier
    When a request for the ESME on CSP North comes without an XML signature
    Then it is refused with E65 by smki/xml_signature

  @D5 @refuses
  Scenario: Signed with a key that no certificate has
    Given the contingency is open for the failed supplier
    When a request for the ESME on CSP North is signed with a key that no certificate has
    Then it is refused with E65 by smki/xml_signature

  @D5 @refuses
  Scenario: Signed under a certificate of another authority
    Given the contingency is open for the failed supplier
    When a request for the ESME on CSP North is signed under a certificate that another authority issued
    Then it is refused with E65 by smki/chain

  @R2 @R6.B @R6.C @refuses
  Scenario: Signed with a key of another remote party role
    Given a supplier in business
    When a request for the ESME on CSP North is signed with the supplier's digital signing key
    Then it is refused with E65 by smki/xml_sign_role

  @R6.B @R6.C @refuses
  Scenario: The SRP's own certificate is revoked
    Given the contingency is open for the failed supplier
    And the XML signing certificate of the SRP is revoked
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is refused with E65 by smki/signer_valid

  @D6 @PANEL-104 @refuses
  Scenario Outline: One key for the XML and for the Pre-Command, Command Variant <variant>
    Given the contingency is open for the failed supplier
    When one key signs both the XML and the Pre-Command for <meter> by Command Variant <variant>
    Then it is refused with E65 by mp104/key_of_one_role

    Examples:
      | meter                       | variant |
      | the ESME on CSP North       | 5       |
      | the ESME behind S1SP CGI IE | 1       |

  @D5 @D15 @refuses
  Scenario: An ordinary User sends in the name of the failed supplier
    Given a supplier in business
    When another supplier sends a request in the name of the failed supplier for the ESME on CSP North
    Then it is refused with E65 by mp104/originator_signs

  @D15 @refuses
  Scenario: A revoked supplier sends for itself
    Given the certificates of the failed supplier are revoked
    When the failed supplier sends in its own name a request for the ESME on CSP North by Command Variant 5
    Then it is refused with E65 by smki/signer_valid

  @D15 @refuses
  Scenario: A revoked supplier sends for itself with a certificate that was left to it
    Given the certificates of the failed supplier in the Supplier role are revoked and the others are not
    When the failed supplier sends in its own name a request for the ESME on CSP North by Command Variant 4
    Then it is refused with E65 by decided/supplier_not_revoked

  @D2 @D5 @refuses
  Scenario: The supplier is on no list
    Given the certificates of the failed supplier are revoked
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is refused with E65 by mp134b/originator_listed

  @D2 @refuses
  Scenario: A list that was uploaded and not applied does not count
    Given the certificates of the failed supplier are revoked
    And a Failed Suppliers file with the failed supplier and the SRP is uploaded
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is refused with E65 by mp134b/originator_listed

  @D2 @refuses
  Scenario: The supplier has been withdrawn from the list
    Given the contingency is open for the failed supplier
    And the failed supplier is withdrawn from the list
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is refused with E65 by mp134b/originator_listed

  @D5 @WG-register @WG-several @refuses
  Scenario: The list has the supplier with another SRP
    Given the second SRP becomes a User
    And the SRP register has the failed supplier with the second SRP
    And the contingency is open for the failed supplier with the second SRP
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is refused with E65 by mp134b/srp_authorised

  @R6.B @R6.C @decision-7 @refuses
  Scenario Outline: The list was applied before the supplier's certificates are revoked: Command Variant <variant>
    Given a supplier in business
    And a Failed Suppliers file with the failed supplier and the SRP is uploaded
    And a second person applies it
    And a second person confirms the Authority's instruction
    And the threshold of the SRP for the failed supplier is set to 10 requests a day
    When the SRP sends a request for <meter> by Command Variant <variant>
    Then it is refused with E65 by mp134b/originator_revoked

    Examples:
      | meter                       | variant |
      | the ESME on CSP North       | 5       |
      | the ESME behind S1SP CGI IE | 1       |

  @R1 @refuses
  Scenario: An organisation that is no User
    Given a supplier in business
    When an organisation that is no User sends a request in its own name for the ESME on CSP North
    Then it is refused with E1 by duis/e1_user_and_role

  @D12 @decision-12 @refuses
  Scenario: The SRP's Party is suspended
    Given the contingency is open for the failed supplier
    And the Party of the SRP is suspended
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is refused with E3 by duis/e3_user_status

  @D12 @decision-12 @PIA-A2 @PIA-A9
  Scenario: The failed supplier's Party is suspended, which does not matter
    Given the contingency is open for the failed supplier
    And the Party of the failed supplier is suspended
    When the SRP makes the ESME on CSP North safe by Command Variant 5
    Then the answer is I99

  @R6.C @refuses
  Scenario Outline: <what>
    Given the contingency is open for the failed supplier
    When <what>
    Then it is refused with E65 by <check>

    Examples:
      | what                                                                              | check                |
      | the Pre-Command for the ESME on CSP North is signed with another key than the supplier's | gbcs/signature |
      | the Pre-Command for the GSME on CSP North is signed with another key than the supplier's | gbcs/signature |
      | the Pre-Command for the ESME on CSP North is not signed                           | gbcs/pre_command_form |
      | the Pre-Command for the ESME on CSP North has a MAC already                       | gbcs/pre_command_form |
      | what the ESME on CSP North is to be sent is no GBCS                               | gbcs/pre_command_form |
      | the Pre-Command for the ESME on CSP North is of another request                   | gbcs/header          |
      | the Pre-Command for the GSME on CSP North names another Business Originator       | gbcs/header          |

  @decision-3 @refuses
  Scenario: A RequestID that was used is used again for something else
    Given the contingency is open for the failed supplier
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then the answer is I99
    When the SRP uses the RequestID again, for another maximum meter balance
    Then it is refused with E65 by decided/duplicate

  @decision-3 @decision-2
  Scenario: The same octets again get the same answer
    Given the contingency is open for the failed supplier
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then the answer is I99
    When the same octets are sent to the same service again
    Then the answer is I99

  @D13 @refuses
  Scenario: An attribute limit that shuts out the safe profile quarantines a SMETS2+ request
    Given the DSP's limit of the maximum meter balance is £400
    And the contingency is open for the failed supplier
    When the SRP sends a request for the ESME on CSP North by Command Variant 5
    Then it is held back by sec/attribute_limits: outside the DSP's limits

  @D13 @refuses
  Scenario: The same limit refuses a SMETS1 request
    Given the DSP's limit of the maximum meter balance is £400
    And the contingency is open for the failed supplier
    When the SRP sends a request for the ESME behind S1SP CGI IE by Command Variant 1
    Then it is refused with E65 by sec/attribute_limits

  @decision-19 @refuses
  Scenario: A DUIS version that is not served
    Given the contingency is open for the failed supplier
    When the SRP sends a request for the ESME on CSP North in DUIS 5.3
    Then it is no request at all: HTTP 400

  @decision-19
  Scenario: DUIS 5.4 is served beside 5.5
    Given the contingency is open for the failed supplier
    When the SRP sends a request for the ESME on CSP North in DUIS 5.4
    Then the answer is I0

  @D15
  Scenario Outline: A supplier in business sends what it likes to <meter>
    Given the contingency is open for the failed supplier
    And from now on the meters are those of another supplier
    When another supplier sends in its own name another maximum meter balance for <meter>
    Then the answer is I99

    Examples:
      | meter                 |
      | the ESME on CSP North |
      | the GSME on CSP North |

  @D15 @R3 @refuses
  Scenario: The payload of a supplier in business does another thing than its header says
    Given a supplier in business
    And from now on the meters are those of another supplier
    When another supplier sends in its own name the message code of another service for the ESME on CSP North
    Then it is refused with E2 by gbcs/service_message_code
