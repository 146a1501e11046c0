"""Every rule of admission, one pure function a file, foldered by the authority behind it.

``order`` has them in the order in which they run, ``facts`` what they may know, ``stages`` the
states of a request, ``admission`` the three functions that lead from one to the next. See
``docs/checks.md`` for the list that is generated from here.
"""
