FROM a
RUN --network=bridge b
