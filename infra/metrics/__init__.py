"""What every role tells about itself on `/metrics`: the process, its dispatcher, what it reads, whether things move."""
