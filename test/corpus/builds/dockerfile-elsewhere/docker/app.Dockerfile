FROM base
COPY f /f
