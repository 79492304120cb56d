FROM a








STOPSIGNAL



