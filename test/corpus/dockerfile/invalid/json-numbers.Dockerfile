FROM a
CMD ["b", 3]
