FROM a
ENV B='c
