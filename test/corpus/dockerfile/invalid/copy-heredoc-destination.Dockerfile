FROM a
COPY b <<E
c
E
RUN d
