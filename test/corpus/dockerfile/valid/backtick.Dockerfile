# escape=`
FROM windows AS `
  base
COPY a C:\
RUN dir C:\ `
  && echo "`"quoted`"" `` 
ENV P=C:\x` y Q="a`"b"
LABEL z=`` 
SHELL ["powershell", "-Command"]
