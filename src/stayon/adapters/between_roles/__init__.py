"""The interfaces between the processes of one installation, client and server side of each.

JSON over HTTP, one path for each method of a port; octets in base64. An answer of 2xx means that
what was sent is safe; 503 and no answer mean that it is to be sent again, as it is; 400 that it is
no message of this interface. Every receiver takes the same message twice for one.

=============================  ==============================  =================================
path                           from, to                        port
=============================  ==============================  =================================
``POST /carrier/work``         worker to CSP or S1SP           ``outbound.Carrier``
``POST /carrier/reference``    worker to S1SP                  ``management_interface``
``POST /southbound/messages``  CSP to worker                   ``outbound.Southbound``
``POST /southbound/failures``  CSP or S1SP to worker           ``outbound.Southbound``
``POST /southbound/s1sp``      S1SP to worker                  ``outbound.Southbound``
``GET /southbound/in-force``   S1SP to worker                  the policy and keys in force
``POST /meters/commands``      CSP to device host              ``meters.Meters``
``GET /meters/part``           CSP to device host              which devices it has
``POST /wan/alerts``           device host to CSP              ``meters.AlertCarrier``
=============================  ==============================  =================================
"""
