"""From the journal of jobs to the tables that people look at."""
