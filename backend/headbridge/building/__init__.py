"""Texture spaces made from data: photos (unwrap each, complete what it does not show, find components), other models."""
