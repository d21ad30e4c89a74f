"""Rouvrir une commission : le chef de centre dit pourquoi."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms


class MotifForm(forms.Form):
    """Un motif écrit, gardé au journal et dans l'archive suivante."""

    motif = forms.CharField(
        label="Pourquoi la commission est rouverte",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Écrit dans le journal et dans l'archive suivante. Pas de donnée de santé ni de famille.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(Fieldset("Motif", "motif"))


class CommunicationForm(MotifForm):
    """Qui demande, et quand : le journal le garde."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        champ = self.fields["motif"]
        champ.label = "Demande à laquelle vous répondez"
        champ.help_text = "De qui, reçue quand. Écrit dans le journal."
