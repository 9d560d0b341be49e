"""What stops betting on many markets at once: the gate of a fixture, a competition or a sport. A gate without facts is open."""
