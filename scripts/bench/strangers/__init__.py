"""Heads nobody prepared, made from the open input data: people of three models, spoiled and unspoiled, with the truth
where there is one."""
