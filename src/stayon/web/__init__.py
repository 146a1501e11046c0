"""The SSMI and SSI pages. Empty until they come; the HTTP interfaces live with their parties."""
