# escape=`
FROM a
RUN b `
  c`d
COPY e`
 f
ENV g="h`"i" j='k`'
