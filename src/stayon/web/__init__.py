"""The pages: HTML first, made on the server; one site with an area for each organisation."""
