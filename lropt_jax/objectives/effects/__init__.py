"""Effects of interventions: graphs, tables of counts, formulas and their intervals."""
