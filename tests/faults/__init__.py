"""What the project must survive, tried on real parts: processes killed, files damaged, disks filled. `make faults`."""
