"""What the site is made of besides the pages in docs/: the reference, the pictures, the gallery."""
