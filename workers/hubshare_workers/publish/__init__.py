"""Publishing: everything that moves a project on goes through `publish.publish`, by whatever channel it comes."""
