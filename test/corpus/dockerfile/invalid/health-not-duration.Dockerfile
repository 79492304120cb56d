FROM a
HEALTHCHECK --interval=abc CMD b
