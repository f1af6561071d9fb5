"""The portal's pages: the public forms, one's dashboard, the developer console."""
