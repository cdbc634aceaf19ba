"""The standing fault test: four people at random work while everything fails in turn. Run by `make faults`."""
