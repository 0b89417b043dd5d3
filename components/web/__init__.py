"""The pages: short views over the layers below, rendered on the server and complete without JavaScript."""
