"""Building the head model of all people from ICT-FaceKit's identities and MakeHuman's targets."""
