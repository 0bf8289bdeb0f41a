# SPDX-License-Identifier: GPL-3.0-or-later
"""What scenes remember of the panel "Batch" (`.headbridge.batch`) and what the session shows of one."""

import bpy

JOB_ITEMS = [
    ("register", "Register", "The panel's source onto every head"),
    ("uv", "Transfer UVs", "The UV panel's source layout to every head"),
    ("fit_scan", "Fit Scan", "A head model to every scan"),
    ("fit_mesh", "Fit Mesh", "Coefficients of every registered mesh"),
]
_HEADS_ITEMS = [
    ("SELECTED", "Selected", "The selected mesh objects, without the source"),
    ("FOLDER", "Folder", "The mesh files of a folder"),
]


class HEADBRIDGE_PG_batch(bpy.types.PropertyGroup):
    job: bpy.props.EnumProperty(items=JOB_ITEMS, name="Job", description="What is done with every head")
    heads: bpy.props.EnumProperty(items=_HEADS_ITEMS, name="Heads", description="Where the heads come from")
    folder: bpy.props.StringProperty(name="From", subtype="DIR_PATH", description="Folder with a mesh file per head")
    output: bpy.props.StringProperty(
        name="To", subtype="DIR_PATH", description="Folder for results and report; a batch that was ended goes on there"
    )


class HEADBRIDGE_PG_batch_row(bpy.types.PropertyGroup):
    """A head of the table; `name` is its own."""

    job: bpy.props.StringProperty()
    state: bpy.props.StringProperty()
    text: bpy.props.StringProperty()


class HEADBRIDGE_PG_batch_table(bpy.types.PropertyGroup):
    folder: bpy.props.StringProperty()
    rows: bpy.props.CollectionProperty(type=HEADBRIDGE_PG_batch_row)
    index: bpy.props.IntProperty(name="Head", description="Place of the chosen head in the table, from 0")


CLASSES = (HEADBRIDGE_PG_batch, HEADBRIDGE_PG_batch_row, HEADBRIDGE_PG_batch_table)
