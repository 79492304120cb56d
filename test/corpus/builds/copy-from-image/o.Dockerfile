FROM scratch
COPY data /made
