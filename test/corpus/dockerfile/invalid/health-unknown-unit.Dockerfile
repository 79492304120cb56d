FROM a
HEALTHCHECK --timeout=1x CMD b
