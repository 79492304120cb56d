FROM a
CMD --port 80
