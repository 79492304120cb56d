# escape=`
FROM a
RUN b `
  c
RUN <<E
d
E
