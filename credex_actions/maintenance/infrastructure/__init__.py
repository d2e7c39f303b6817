"""What is neglected in Terraform: versions, form, and what has drifted away from the state."""
