"""Training of the texture generator and of the inpainting network: what they are shown, judged by and held to."""
