"""The open model of all people as something a person understands: who somebody is, and what makes a face this one."""
