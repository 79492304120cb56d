FROM a
HEALTHCHECK --retries=many CMD b
