FROM a
HEALTHCHECK --interval=1.5 CMD b
