"""Whatever others send is read or refused: readers under bytes that a coverage-guided fuzzer makes up."""
