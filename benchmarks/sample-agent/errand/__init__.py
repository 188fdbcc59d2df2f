"""An agent that runs errands."""
