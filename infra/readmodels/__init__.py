"""Where views are kept: one port, two adapters, Valkey and memory. Changes and position are applied in one atomic step per partition."""
